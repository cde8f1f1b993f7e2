using System.Buffers.Binary;
using KafkaDatasets.Benchmarks.Topics;
using KafkaDatasets.Benchmarks.Topics.Events;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Benchmarks.Micro;

/// <summary>Events as chunks of records, and the payment event's features as CSV.</summary>
internal static class MicroEvents
{
    public const string SusyLabel = "signal";
    public const int SusyId = 1234;

    /// <summary>A record of the SUSY topic, framed by Confluent's serializer.</summary>
    public static byte[] Susy(int i)
    {
        byte[] record = RecordShape.Susy.Create();
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(1), SusyId);
        var random = new RowRandom(i);
        RecordShape.Susy.Fill(record.AsSpan(RecordShape.FrameBytes), ref random);
        return record;
    }

    /// <summary>The features alone, separated by commas.</summary>
    public static byte[] Csv(int i)
    {
        Payment p = Payment.Of(i);
        return Text($"{p.Amount:R},{Or(p.Fee, "")},{Or(p.Installments, "")},{p.Customer},{p.Items},{p.Age},{p.Score:R},{p.Risk:R},{p.Distance:R},{(p.Online ? 1 : 0)}");
    }

    /// <summary>Values one after another, as they lie in a fetched batch.</summary>
    public static RecordChunk Chunk(IEnumerable<byte[]> values)
    {
        byte[][] all = [.. values];
        var entries = new RecordEntry[all.Length];
        int at = 0;
        for (int i = 0; i < all.Length; i++)
        {
            entries[i] = new RecordEntry { Offset = i, KeyLength = -1, ValueStart = at + 7, ValueLength = all[i].Length };
            at += 7 + all[i].Length; // a record has a head
        }

        byte[] bytes = new byte[at];
        for (int i = 0; i < all.Length; i++)
        {
            all[i].CopyTo(bytes, entries[i].ValueStart);
        }

        return new RecordChunk(0, _ => { }) { Bytes = bytes, ByteCount = at, Entries = entries, Count = all.Length };
    }

    private static byte[] Text(FormattableString text) => System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(text));

    private static string Or(IFormattable? value, string missing) => value?.ToString(null, System.Globalization.CultureInfo.InvariantCulture) ?? missing;
}
