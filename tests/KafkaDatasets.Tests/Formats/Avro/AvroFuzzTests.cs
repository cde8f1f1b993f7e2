using System.Diagnostics;
using CsCheck;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Values that are not of their schema: an exception that says where, whatever the bytes.</summary>
public sealed class AvroFuzzTests
{
    /// <summary>How many values are mutated; <c>KAFKADATASETS_FUZZ</c> sets it for long runs.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("KAFKADATASETS_FUZZ"), out int cases) ? cases : 100_000;

    /// <summary>Keys that are columns wherever a random schema has a map.</summary>
    private static readonly string[] ExtraColumns = [.. from i in Enumerable.Range(0, 9) from key in (string[])["k0", "k1"] select $"f{i}.{key}"];

    [Fact]
    public async Task Every_truncation_and_extension_says_where() => await Gen.Int.SampleAsync(
        async seed =>
        {
            var avro = new RandomAvro(seed);
            byte[] value = AvroBytes.Encode(avro.NextDatum());
            int step = 1 + (value.Length / 50);
            byte[][] bad = [.. Enumerable.Range(0, value.Length).Where(i => i % step == 0).Select(length => value[..length]), [.. value, 0], [.. value, .. value, 1]];
            foreach (byte[] one in bad)
            {
                var engine = new FakeEngine(new FakePartition(3, 70, 73, [new(70, value), new(72, one)]));
                await using KafkaDataset dataset = await engine.OpenAsync(avro.Json);
                RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(async () => await dataset.ReadBatchesAsync(null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken).MoveNextAsync());
                Assert.Equal(("t", 3, 72L), (e.Topic, e.Partition, e.Offset));
                Assert.Contains("'t'", e.Message);
                Assert.Contains("partition 3, offset 72", e.Message);
                if (one.Length < value.Length)
                {
                    Assert.NotNull(e.Field);
                    Assert.Contains($"'{e.Field}'", e.Message);
                    Assert.StartsWith("f", e.Field);
                }
            }
        },
        iter: 40,
        threads: 2);

    [Theory]
    [InlineData(0, "a")]
    [InlineData(1, "b")]
    [InlineData(4, "b")]
    [InlineData(5, "c")]
    [InlineData(12, "c")]
    [InlineData(13, "d")]
    [InlineData(14, "e.x")]
    [InlineData(18, "e.y")]
    [InlineData(19, "s")]
    [InlineData(21, "s")]
    public void A_truncated_run_of_fields_names_the_one_that_is_cut(int length, string field)
    {
        const string json = """
            {"type":"record","name":"R","fields":[
              {"name":"a","type":"boolean"},{"name":"b","type":"float"},{"name":"c","type":"double"},{"name":"d","type":"boolean"},
              {"name":"e","type":{"type":"record","name":"N","fields":[{"name":"x","type":"float"},{"name":"y","type":"boolean"}]}},
              {"name":"s","type":"string"}]}
            """;
        byte[] value = new byte[22];
        value[19] = 4; // a text of two bytes
        AvroPlan plan = Plan(AvroBytes.Parse(json), out RowBlock block);
        string? at = null;
        Assert.Throws<MalformedValueException>(() => plan.Decode(value.AsSpan(0, length), block, ref at));
        Assert.Equal(field, at);
        plan.Decode(value, block, ref at);
    }

    [Fact]
    public async Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation()
    {
        await Task.Run(Fuzz, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60 + (Cases / 1000)), TestContext.Current.CancellationToken);

        static void Fuzz()
        {
            int rejected = 0;
            for (int done = 0, seed = 0; done < Cases; seed++)
            {
                var avro = new RandomAvro(seed);
                var random = new Random(seed);
                AvroPlan plan = Plan(avro.Root, out RowBlock block);
                AvroPlan fewer = Plan(avro.Root, out RowBlock fewerColumns, _ => random.Next(3) == 0);
                AvroPlan tensors = TensorPlan(avro.Root, random, out RowBlock tensorColumns, out HashSet<string> names);
                AvroPlan same = Plan(avro.Root, out RowBlock sameColumns, c => names.Contains(c.Name));
                byte[][] seeds = [.. Enumerable.Range(0, 4).Select(_ => AvroBytes.Encode(avro.NextDatum()))];
                for (int i = 0; i < 500; i++, done++)
                {
                    byte[] value = Mutate(seeds[random.Next(seeds.Length)], random);
                    string? field = null;
                    bool isGood = false;
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    long start = Stopwatch.GetTimestamp();
                    try
                    {
                        plan.Decode(value, block, ref field);
                        isGood = true;
                    }
                    catch (MalformedValueException)
                    {
                        rejected++;
                    }
                    catch (Exception e)
                    {
                        Assert.Fail($"seed {seed}, {Convert.ToHexString(value)} of {avro.Json}: {e}");
                    }

                    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    Assert.True(allocated < 50_000 + (20 * value.Length), $"seed {seed}: {allocated} bytes for a value of {value.Length}");
                    Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 30, $"seed {seed}: {Stopwatch.GetElapsedTime(start)} for a value of {value.Length}");
                    Assert.True(!IsGood(tensors, value, tensorColumns) || IsGood(same, value, sameColumns), $"seed {seed}: {Convert.ToHexString(value)} is good for tensors only");
                    Assert.True(!isGood || IsGood(fewer, value, fewerColumns), $"seed {seed}: {Convert.ToHexString(value)} is good only where more columns are read");
                }
            }

            Assert.InRange(rejected, Cases / 4, Cases - 1);
        }
    }

    private static bool IsGood(AvroPlan plan, byte[] value, RowBlock block)
    {
        string? field = null;
        try
        {
            plan.Decode(value, block, ref field);
            return true;
        }
        catch (MalformedValueException)
        {
            return false;
        }
    }

    private static byte[] Mutate(byte[] value, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                byte[] noise = new byte[random.Next(60)];
                random.NextBytes(noise);
                return noise;
            case 1:
                return [.. value[..random.Next(value.Length + 1)], .. value[random.Next(value.Length + 1)..]];
            case 2:
                byte[] run = new byte[random.Next(20)];
                Array.Fill(run, random.Next(2) == 0 ? (byte)0xff : (byte)0x80);
                return [.. value[..random.Next(value.Length + 1)], .. run, 1];
            default:
                byte[] copy = [.. value];
                for (int i = random.Next(1, 4); i > 0 && copy.Length > 0; i--)
                {
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                }

                return copy;
        }
    }

    /// <summary>A plan for tensors of every column that can be one: what does not fit is an error that a decoder knows.</summary>
    private static AvroPlan TensorPlan(global::Avro.RecordSchema schema, Random random, out RowBlock block, out HashSet<string> names)
    {
        DatasetSchema columns = AvroColumns.Of(schema, new WantedColumns(ExtraColumns));
        BlockColumn[] layout =
        [
            .. columns.Columns.Select(c => (Column: c, Tensor: AsTensor(c, random))).Where(c => c.Tensor.FaultOf(c.Column) is null).Select(c => new BlockColumn(c.Column, c.Tensor)),
        ];
        names = [.. layout.Select(c => c.Fields[0].Name)];
        block = new RowBlock(layout);
        block.EnsureRows(1);
        return AvroPlanCompiler.Compile(schema, schema, new WantedColumns(ExtraColumns), new PartLayout(DataPart.Value, layout));
    }

    private static TensorColumn AsTensor(DatasetColumn column, Random random)
    {
        int[]? shape = column.IsRagged ? [random.Next(1, 9)] : null;
        return random.Next(4) switch
        {
            0 => TensorColumn.Single(column.Name, shape, padding: 0),
            1 => TensorColumn.Double(column.Name, shape),
            2 => TensorColumn.Int32(column.Name, shape, padding: 0),
            _ => TensorColumn.Int64(column.Name, shape, padding: 0, missing: -1),
        };
    }

    private static AvroPlan Plan(global::Avro.RecordSchema schema, out RowBlock block, Func<DatasetColumn, bool>? isWanted = null)
    {
        DatasetSchema columns = AvroColumns.Of(schema, new WantedColumns(ExtraColumns));
        BlockColumn[] layout = [.. columns.Columns.Where(isWanted ?? (_ => true)).Select(c => new BlockColumn(c))];
        block = new RowBlock(layout);
        block.EnsureRows(1);
        return AvroPlanCompiler.Compile(schema, schema, new WantedColumns(ExtraColumns), new PartLayout(DataPart.Value, layout));
    }
}
