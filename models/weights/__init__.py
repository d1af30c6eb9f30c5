"""The registry of model files: where each is, its sha256, licence and source."""
