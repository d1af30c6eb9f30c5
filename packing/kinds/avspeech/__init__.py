"""AVSpeech: rows of a catalogue that name spans of videos on the web, and the folders of speech_separation."""

__all__: list[str] = []
