// The first page: files and the microphone go by resumable uploads, then each begins a job of its own.
import "./parts/uploads.js";
import "./parts/microphone.js";
