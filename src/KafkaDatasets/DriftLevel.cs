namespace KafkaDatasets;

/// <summary>The state of a stream according to a <see cref="DriftDetector"/>.</summary>
public enum DriftLevel
{
    /// <summary>No change was detected.</summary>
    None,

    /// <summary>The stream may be changing: a good time to start collecting rows for a new model. Detectors without a warning level never report it.</summary>
    Warning,

    /// <summary>The stream has changed.</summary>
    Change,
}
