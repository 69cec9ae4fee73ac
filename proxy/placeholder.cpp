// grows with the first proxy source
