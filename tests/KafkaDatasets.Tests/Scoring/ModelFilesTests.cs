using KafkaDatasets.Scoring;
using Xunit;

namespace KafkaDatasets.Tests.Scoring;

public sealed class ModelFilesTests
{
    [Fact]
    public void Names_are_ordered_with_their_digits_as_numbers()
    {
        string[] ordered = ["fraud", "fraud-1", "fraud-02", "fraud-2", "fraud-9", "fraud-9b", "fraud-10", "fraud-99999999999999999999", "fraud-100000000000000000000", "fraud-a"];
        Assert.Equal(ordered, ordered.Reverse().Order(ModelFiles.ByName));
    }
}
