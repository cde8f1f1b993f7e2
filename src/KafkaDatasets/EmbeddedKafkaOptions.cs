using KafkaDatasets.Diagnostics;

namespace KafkaDatasets;

/// <summary>Options of an <see cref="EmbeddedKafka"/>.</summary>
public sealed record EmbeddedKafkaOptions
{
    /// <summary>The number of brokers in the cluster, 1 to 100. Default 1.</summary>
    public int Brokers { get; init; } = 1;

    internal void Validate()
    {
        using InvariantCulture culture = InvariantCulture.Use();
        InvalidOptionsException.ThrowIfAny(
            nameof(EmbeddedKafkaOptions),
            Brokers is < 1 or > 100 ? [$"{nameof(Brokers)} is {Brokers}; it is 1 to 100"] : []);
    }
}
