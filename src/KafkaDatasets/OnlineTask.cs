namespace KafkaDatasets;

/// <summary>What an online learner predicts.</summary>
public enum OnlineTask
{
    /// <summary>One of two classes: labels are 0 or 1, and a score above 0 predicts 1.</summary>
    BinaryClassification,

    /// <summary>A number, which is the score.</summary>
    Regression,
}
