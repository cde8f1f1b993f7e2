namespace KafkaDatasets.Rows;

/// <summary>What a tensor does with values that it has no place for.</summary>
/// <param name="Field">The column's name.</param>
/// <param name="Padding">What stands behind the items of a shorter list; null: it is an error.</param>
/// <param name="Missing">What stands for a missing value; null: it is an error.</param>
internal sealed record TensorRule<T>(string Field, T? Padding, T? Missing)
    where T : unmanaged;
