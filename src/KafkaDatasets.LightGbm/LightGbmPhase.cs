namespace KafkaDatasets.LightGbm;

/// <summary>What a training is doing.</summary>
public enum LightGbmPhase
{
    /// <summary>Waiting for the other ranks.</summary>
    Connecting,

    /// <summary>Reading the sample from which rank 0 computes the bins of the features.</summary>
    Sampling,

    /// <summary>Loading the rows into LightGBM's datasets.</summary>
    Loading,

    /// <summary>Growing trees.</summary>
    Training,
}
