using System.Buffers.Binary;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Parses the record of a control batch.</summary>
internal static class ControlRecord
{
    private const int KeySize = 4;
    private const short Abort = 0;

    /// <summary>Whether the record marks a transaction as aborted.</summary>
    /// <exception cref="BatchFault">The record is malformed.</exception>
    public static bool IsAbort(ReadOnlySpan<byte> record)
    {
        int at = 0;
        SkipVarint(record, ref at);
        at++;
        SkipVarint(record, ref at);
        SkipVarint(record, ref at);
        SkipVarint(record, ref at);
        return at + KeySize <= record.Length
            ? BinaryPrimitives.ReadInt16BigEndian(record[(at + 2)..]) == Abort
            : throw new BatchFault("its control record is malformed");
    }

    private static void SkipVarint(ReadOnlySpan<byte> record, ref int at)
    {
        while (at < record.Length && record[at] >= 0x80)
        {
            at++;
        }

        at++;
    }
}
