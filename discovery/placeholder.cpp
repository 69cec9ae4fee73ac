// grows with the first discovery source
