namespace KafkaDatasets.Rows;

/// <summary>Defines how a tensor handles values that do not fit.</summary>
/// <param name="Field">The column's name.</param>
/// <param name="Padding">The value that fills up a shorter list, or null when that is an error.</param>
/// <param name="Missing">The value that replaces a missing one, or null when that is an error.</param>
internal sealed record TensorRule<T>(string Field, T? Padding, T? Missing)
    where T : unmanaged;
