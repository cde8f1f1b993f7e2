namespace KafkaDatasets;

/// <summary>What a <see cref="DriftDetector"/> says about a stream after a value.</summary>
public enum DriftLevel
{
    /// <summary>No change is seen.</summary>
    None,

    /// <summary>The stream may be changing: a good moment to begin to collect rows for a new model. Detectors without a warning level never give it.</summary>
    Warning,

    /// <summary>The stream has changed.</summary>
    Change,
}
