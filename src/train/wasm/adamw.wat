;; One AdamW update of a chunk, four float32 at a time: adamw.ts's formula in one pass over memory instead of a dozen.
;; Each of the four arrays begins at its byte offset and is a multiple of 16 bytes long.
(module
  (memory (export "memory") 1)
  (func (export "update")
    (param $value i32) (param $m i32) (param $v i32) (param $gradient i32) (param $bytes i32)
    (param $beta1 f32) (param $scale1 f32) (param $beta2 f32) (param $scale2 f32)
    (param $step_size f32) (param $epsilon f32) (param $decay f32)
    (local $i i32) (local $g v128) (local $next_m v128) (local $next_v v128)
    (loop $next
      (local.set $g (v128.load (i32.add (local.get $gradient) (local.get $i))))
      ;; m·β1 + g·scale1
      (local.set $next_m
        (f32x4.add
          (f32x4.mul (v128.load (i32.add (local.get $m) (local.get $i))) (f32x4.splat (local.get $beta1)))
          (f32x4.mul (local.get $g) (f32x4.splat (local.get $scale1)))))
      (v128.store (i32.add (local.get $m) (local.get $i)) (local.get $next_m))
      ;; v·β2 + g²·scale2
      (local.set $next_v
        (f32x4.add
          (f32x4.mul (v128.load (i32.add (local.get $v) (local.get $i))) (f32x4.splat (local.get $beta2)))
          (f32x4.mul (f32x4.mul (local.get $g) (local.get $g)) (f32x4.splat (local.get $scale2)))))
      (v128.store (i32.add (local.get $v) (local.get $i)) (local.get $next_v))
      ;; value·decay − m / (√v + ε)·step
      (v128.store (i32.add (local.get $value) (local.get $i))
        (f32x4.sub
          (f32x4.mul (v128.load (i32.add (local.get $value) (local.get $i))) (f32x4.splat (local.get $decay)))
          (f32x4.mul
            (f32x4.div (local.get $next_m) (f32x4.add (f32x4.sqrt (local.get $next_v)) (f32x4.splat (local.get $epsilon))))
            (f32x4.splat (local.get $step_size)))))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))))
