// Voices: clips are recorded here or chosen, heard, and sent with a form that keeps them when it is refused.
import "./parts/answered_forms.js";
import "./parts/clip.js";
import "./parts/microphone.js";
