namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>Which field is the label.</summary>
public enum Label
{
    /// <summary>Boolean.</summary>
    Signal,

    /// <summary>A number, not negative.</summary>
    Target,

    /// <summary>0 to 4.</summary>
    Grade,

    /// <summary>A key.</summary>
    Color,
}
