using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Counts rows, and digests their values twice: in order and regardless of order.</summary>
/// <remarks>
/// A row's digest is the SHA-256 of its values; the ordered digest is the SHA-256 of
/// the row digests in sequence, the order-free one their sum modulo 2^256, in which a row that occurs twice counts twice.
/// </remarks>
internal sealed class RowDigests : IDisposable
{
    private const int Lanes = SHA256.HashSizeInBytes / sizeof(ulong);

    private readonly IReadOnlyList<(int Index, DatasetColumn Column)> _columns;
    private readonly IncrementalHash _ordered = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ulong[] _sum = new ulong[Lanes];

    /// <param name="layout">The columns of the blocks.</param>
    /// <param name="columns">The columns to digest, in this order.</param>
    public RowDigests(RowLayout layout, IEnumerable<DatasetColumn> columns) => _columns = [.. columns.Select(c => (layout.Field(c.Name), c))];

    public long Rows { get; private set; }

    public string Ordered => Convert.ToHexStringLower(_ordered.GetCurrentHash());

    public string OrderFree
    {
        get
        {
            Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
            for (int i = 0; i < Lanes; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(bytes[(sizeof(ulong) * (Lanes - 1 - i))..], _sum[i]);
            }

            return Convert.ToHexStringLower(bytes);
        }
    }

    public void Add(RowBlock block)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        for (int row = 0; row < block.Rows; row++)
        {
            _bytes.ResetWrittenCount();
            foreach ((int index, DatasetColumn column) in _columns)
            {
                ValueBytes.Write(_bytes, block.Columns[index], column, row);
            }

            SHA256.HashData(_bytes.WrittenSpan, digest);
            _ordered.AppendData(digest);
            AddToSum(digest);
        }

        Rows += block.Rows;
    }

    public void Dispose() => _ordered.Dispose();

    private void AddToSum(ReadOnlySpan<byte> digest)
    {
        ulong carry = 0;
        for (int i = 0; i < Lanes; i++)
        {
            UInt128 lane = (UInt128)_sum[i] + BinaryPrimitives.ReadUInt64BigEndian(digest[(sizeof(ulong) * (Lanes - 1 - i))..]) + carry;
            _sum[i] = (ulong)lane;
            carry = (ulong)(lane >> 64);
        }
    }
}
