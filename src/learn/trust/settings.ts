// The numbers of the trust filter, in one place.

export interface TrustSettings {
  /** Of one person's corrections at most so many new ones are admitted to one training. */
  perNight: number;
  /** And at most this part of all that are trained, 0 to 1; holds beyond `perNight` and from `sharePeople` people on. */
  share: number;
  sharePeople: number;
  /** From this confidence on a model's reading is evidence against a correction, 0 to 1; 1: none is. */
  certain: number;
  /** Words of several people are trained where what they say is right with this probability, 0 to 1. */
  agreed: number;
  /** Somebody whose upper bound of reliability is below this trains nothing alone, 0 to 1. */
  unreliableBelow: number;
  /** One of so many corrections by one moderator is shown to others for a second opinion, though it waits for none; 0: none is. */
  checkEvery: number;
}

export const TRUST_DEFAULTS: TrustSettings = {
  perNight: 200,
  share: 0.5,
  sharePeople: 3,
  certain: 0.9,
  agreed: 0.8,
  unreliableBelow: 0.6,
  checkEvery: 5,
};
