"""Why a model says what it says: attributions that add up, and what they are worth."""
