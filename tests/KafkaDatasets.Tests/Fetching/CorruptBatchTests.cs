using KafkaDatasets.Fetching.Consumer;
using Xunit;

namespace KafkaDatasets.Tests.Fetching;

public sealed class CorruptBatchTests
{
    /// <summary>For every place in batches of every size, in ranges that end in the batch, at its end, and after it.</summary>
    [Fact]
    public void End_is_found_in_few_tries()
    {
        for (int size = 1; size <= 70; size++)
        {
            for (int first = 0; first < size; first++)
            {
                foreach (int end in new[] { first + 1, size, size + 1, size + 7, 5000 }.Where(e => e > first))
                {
                    var batch = new CorruptBatch(first, end);
                    int tries = 0;
                    for (; !batch.IsFound; tries++)
                    {
                        Assert.InRange(batch.Next, first + 1, end - 1);
                        if (batch.Next < size)
                        {
                            batch.WasCorrupt();
                        }
                        else
                        {
                            batch.WasGood();
                        }
                    }

                    Assert.Equal(Math.Min(size, end), batch.Next);
                    Assert.InRange(tries, 0, 14);
                }
            }
        }
    }
}
