using CsCheck;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Runs of records that are alike, which are read another way than the first of them, and whatever interrupts them.</summary>
public class RecordParserTests
{
    private static readonly int[] OffsetSteps = [1, 1, 1, 1, 1, 1, 2, 60, 70, 9000, 1 << 20];

    private static readonly Gen<TestRecord[]> Runs =
        from runs in Gen.Select(Gen.Int[0, 7], Gen.Int[1, 30], Gen.Int[0, 4]).List[1, 30]
        from steps in Gen.Int[0, OffsetSteps.Length - 1].Array[400]
        select Records(runs, steps).ToArray();

    [Fact]
    public void Records_of_every_kind_in_runs_of_any_length_are_read() => Runs.Sample(
        records =>
        {
            RecordEntry[] entries = Parse(Encode(records), records.Length, records[^1].OffsetDelta, out byte[] bytes);
            TestRecord[] rows = [.. records.Where(r => r.Value is not null)];
            Assert.Equal(rows.Length, entries.Length);
            foreach ((TestRecord row, RecordEntry entry) in rows.Zip(entries))
            {
                Assert.Equal(1000L + row.OffsetDelta, entry.Offset);
                Assert.Equal(1_700_000_000_000 + row.TimestampDelta, entry.Timestamp);
                Assert.Equal(row.Value, bytes[entry.ValueStart..(entry.ValueStart + entry.ValueLength)]);
                Assert.Equal(row.Key?.Length ?? -1, entry.KeyLength);
                Assert.Equal(row.Key ?? [], bytes[entry.KeyStart..(entry.KeyStart + Math.Max(0, entry.KeyLength))]);
                Assert.Equal(row.Headers.Count, entry.HeaderCount);
                Assert.True(row.Headers.Count == 0 || bytes[entry.HeadersStart + 1] == (byte)'h');
            }
        },
        iter: 2000);

    [Theory]
    [InlineData(4, 0, 1)] // its length
    [InlineData(4, 3, 0)] // its offset: the one before it again
    [InlineData(4, 4, 2)] // the length of its key
    [InlineData(4, 5, 2)] // the length of its value
    [InlineData(4, -1, 1)] // the number of its headers
    [InlineData(16, 0, 1)] // the same after more records of the same length
    [InlineData(16, 3, 0)]
    [InlineData(16, 4, 2)]
    [InlineData(16, 5, 2)]
    [InlineData(16, -1, 1)]
    public void A_record_that_differs_from_the_one_before_it_in_a_number_is_malformed(int count, int at, int change)
    {
        TestRecord[] records = [.. Enumerable.Range(0, count).Select(i => new TestRecord(i, [1, 2, 3, 4, 5, 6, 7, 8, 9]))];
        byte[] bytes = Encode(records);
        int length = bytes.Length / count;
        int damaged = ((count - 2) * length) + (at < 0 ? length + at : at);
        bytes[damaged] = at == 3 ? bytes[damaged - length] : (byte)(bytes[damaged] + change);

        Assert.Throws<BatchFault>(() => Parse(bytes, count, count - 1, out _));
    }

    [Fact]
    public void A_batch_that_ends_inside_a_record_like_the_others_is_malformed()
    {
        byte[] bytes = Encode([.. Enumerable.Range(0, 4).Select(i => new TestRecord(i, [1, 2, 3, 4, 5, 6, 7, 8, 9]))]);

        Assert.Throws<BatchFault>(() => Parse(bytes[..^1], 4, 3, out _));
    }

    private static IEnumerable<TestRecord> Records(List<(int Kind, int Count, int Time)> runs, int[] steps)
    {
        int offset = -1;
        int number = 0;
        foreach ((int kind, int count, int time) in runs)
        {
            for (int i = 0; i < count; i++)
            {
                offset += OffsetSteps[steps[number++ % steps.Length]];
                byte[]? value = kind == 7 ? null : [.. Enumerable.Range(number, kind switch { 0 => 81, 1 => 81, 2 => 200, 3 => 8, 4 => 0, 5 => i, _ => 82 }).Select(b => (byte)b)];
                yield return new TestRecord(offset, value)
                {
                    Key = kind is 1 or 6 ? [(byte)number, (byte)i] : null,
                    TimestampDelta = time switch { 0 => 0, 1 => i, 2 => -i - 70, 3 => 100_000L * i, _ => 1L << (3 * i) },
                    Headers = kind == 6 && i % 2 == 0 ? [("h", [1])] : [],
                };
            }
        }
    }

    private static byte[] Encode(TestRecord[] records)
    {
        using var target = new MemoryStream();
        foreach (TestRecord record in records)
        {
            byte[] body = record.Encode();
            TestRecord.WriteVarint(target, body.Length);
            target.Write(body);
        }

        return target.ToArray();
    }

    private static RecordEntry[] Parse(byte[] records, int count, int lastOffsetDelta, out byte[] bytes)
    {
        byte[] header = new TestBatch { BaseOffset = 1000, LastOffsetDelta = lastOffsetDelta, RecordCount = count, Payload = [] }.ToBytes();
        bytes = [.. records, .. new byte[SharedBuffer.Slack]];
        var parser = new RecordParser(new BatchHeader(header), bytes, 0, records.Length);
        var entries = new RecordEntry[count + 1];
        int found = 0;
        while (parser.Left > 0)
        {
            found += parser.Parse(entries.AsSpan(found, Math.Min(17, entries.Length - found)), 0, long.MaxValue);
        }

        return entries[..found];
    }
}
