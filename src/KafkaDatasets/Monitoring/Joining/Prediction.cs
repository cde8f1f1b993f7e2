namespace KafkaDatasets.Monitoring.Joining;

/// <summary>What a model said of one row.</summary>
/// <param name="Value">Of two classes: the probability of the positive one, or the raw score. Of a number: the predicted number. Otherwise 0.</param>
/// <param name="Class">The predicted class: 0 or 1 of two, the index of one of several, or their number for a class that is none of them.</param>
/// <param name="Scores">Of several classes: the score of each; null if they are not known.</param>
internal readonly record struct Prediction(float Value, int Class = 0, float[]? Scores = null);
