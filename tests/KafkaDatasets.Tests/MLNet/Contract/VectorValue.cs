namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>A vector's values, copied.</summary>
internal sealed class VectorValue(object[] items) : IEquatable<VectorValue>
{
    public bool Equals(VectorValue? other) => other is not null && items.AsSpan().SequenceEqual(other.Items);

    public override bool Equals(object? obj) => Equals(obj as VectorValue);

    public override int GetHashCode() => items.Length == 0 ? 0 : items[0].GetHashCode();

    public override string ToString() => $"[{string.Join(" ", items)}]";

    private ReadOnlySpan<object> Items => items;
}
