"""Letters by batch: what waits to be printed, closing a batch, its package, and the day it was posted."""
