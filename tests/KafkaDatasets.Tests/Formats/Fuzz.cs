using System.Diagnostics;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Tests.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Formats;

/// <summary>Feeds plans with mutated values: each gives a row or a <see cref="MalformedValueException"/>, in proportionate time and memory; what is good with all columns is good with fewer.</summary>
internal static class Fuzz
{
    /// <summary>How many values are mutated; <c>KAFKADATASETS_FUZZ</c> sets it for long runs.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("KAFKADATASETS_FUZZ"), out int cases) ? cases : 50_000;

    /// <summary>Mutates values until there were enough.</summary>
    /// <param name="start">For a seed: a format, and some good values of it.</param>
    /// <param name="splices">Pieces that mean something in the format.</param>
    /// <param name="leastRejected">The least share of refused values that shows that the mutations are no blanks.</param>
    /// <param name="part">The part of records that they are; null: the value.</param>
    public static async Task RunAsync(Func<int, (IRecordFormat Format, byte[][] Values)> start, byte[][] splices, double leastRejected = 0.2, DataPart? part = null)
    {
        int rejected = await Task.Run(() => Run(start, splices, part ?? DataPart.Value), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60 + (Cases / 1000)), TestContext.Current.CancellationToken);
        Assert.InRange(rejected, Cases * leastRejected, Cases - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Cases} cases, {rejected} rejected");
    }

    /// <summary>What an exception may take that comes out of records lying as levels deep as they may: its stack trace has a place for each.</summary>
    private const int ExceptionBytes = 200_000;

    private static int Run(Func<int, (IRecordFormat Format, byte[][] Values)> start, byte[][] splices, DataPart part)
    {
        int rejected = 0;
        for (int done = 0, seed = 0; done < Cases; seed++)
        {
            var random = new Random(seed);
            (IRecordFormat format, byte[][] values) = start(seed);
            BlockColumn[] layout = format.Schema.Layout(part: part);
            PartPlan plan = format.Plan(layout, part);
            RowBlock block = layout.Block();
            BlockColumn[] fewerColumns = format.Schema.Layout(_ => random.Next(3) == 0, part);
            PartPlan fewer = format.Plan(fewerColumns, part);
            RowBlock fewerBlock = fewerColumns.Block();
            var pair = new PlanPair(() => format.Plan(layout, part), layout);
            foreach (byte[] value in values)
            {
                Assert.Null(plan.Fault(value, block, out _));
            }

            for (int i = 0; i < 500 && done < Cases; i++, done++)
            {
                byte[] value = Mutate(values[random.Next(values.Length)], splices, random);
                rejected += IsRefused(plan, block, value, seed) ? 1 : 0;
                Assert.True(plan.Fault(value, block, out _) is not null || fewer.Fault(value, fewerBlock, out _) is null, $"seed {seed}: {Convert.ToHexString(value)} is good only where more columns are read");
                pair.Compare(value, $"seed {seed}");
            }
        }

        return rejected;
    }

    private static bool IsRefused(PartPlan plan, RowBlock block, byte[] value, int seed)
    {
        bool isRefused = false;
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        string? field = null;
        try
        {
            plan.Decode(value, block, ref field);
        }
        catch (MalformedValueException)
        {
            isRefused = true;
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}, {Convert.ToHexString(value)}: {e}");
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < ExceptionBytes + ((20 + block.Columns.Length) * value.Length), $"seed {seed}: {allocated} bytes for {Convert.ToHexString(value)}");
        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 30, $"seed {seed}: {Stopwatch.GetElapsedTime(start)} for {Convert.ToHexString(value)}");
        return isRefused;
    }

    public static byte[] Mutate(byte[] value, byte[][] splices, Random random)
    {
        int at = random.Next(value.Length + 1);
        switch (random.Next(10))
        {
            case 0:
                byte[] noise = new byte[random.Next(60)];
                random.NextBytes(noise);
                return noise;
            case 1:
                return [.. value[..at], .. value[random.Next(value.Length + 1)..]];
            case 2:
                byte[] run = new byte[random.Next(20)];
                Array.Fill(run, random.Next(2) == 0 ? (byte)0xff : (byte)0x80);
                return [.. value[..at], .. run, 1];
            case 3 or 4 or 5:
                byte[] splice = splices[random.Next(splices.Length)];
                int skipped = random.Next(2) == 0 ? 0 : Math.Min(random.Next(6), value.Length - at);
                return [.. value[..at], .. Enumerable.Repeat(splice, random.Next(20) == 0 ? 200 : 1).SelectMany(b => b), .. value[(at + skipped)..]];
            default:
                byte[] copy = [.. value];
                for (int i = random.Next(1, 4); i > 0 && copy.Length > 0; i--)
                {
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                }

                return copy;
        }
    }
}
