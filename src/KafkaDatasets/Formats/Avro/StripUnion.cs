using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>The byte before a value that may be missing: the branch of a union of two, one of which is null.</summary>
/// <param name="Null">The branch that is null, or −1 when the value has no union and no such byte.</param>
internal readonly record struct StripUnion(int Null)
{
    public static StripUnion None => new(-1);

    /// <summary>The number of bytes: 0 or 1.</summary>
    public int Length => Null < 0 ? 0 : 1;

    /// <summary>The byte when the value is missing: the branch, zig-zag encoded; without a union, what no byte is.</summary>
    public Vector256<int> NullByte => Vector256.Create(Null * 2);

    /// <summary>The bits of the byte that neither branch has.</summary>
    public Vector256<int> OddBits => Vector256.Create(Null < 0 ? 0 : 0xFD);
}
