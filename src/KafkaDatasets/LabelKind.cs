namespace KafkaDatasets;

/// <summary>The kinds of label.</summary>
public enum LabelKind
{
    /// <summary>One of two classes: 0 or 1.</summary>
    Binary,

    /// <summary>A number.</summary>
    Regression,

    /// <summary>One of several classes.</summary>
    Category,
}
