using KafkaDatasets.Diagnostics;
using Xunit;

namespace KafkaDatasets.Tests.Diagnostics;

public sealed class SentenceTests
{
    [Theory]
    [InlineData("It failed", "It failed.")]
    [InlineData("It failed.", "It failed.")]
    [InlineData("It failed..", "It failed.")]
    [InlineData("It failed. ", "It failed.")]
    [InlineData("At position 8.. Set it.", "At position 8. Set it.")]
    [InlineData("Not found.; error code: 1", "Not found; error code: 1.")]
    [InlineData("Did you mean 'x'?", "Did you mean 'x'?")]
    [InlineData("It goes on...", "It goes on...")]
    [InlineData("host 1.2.3.4:9092, file a.b", "host 1.2.3.4:9092, file a.b.")]
    [InlineData("a path '../x' and 'a..b'", "a path '../x' and 'a..b'.")]
    public void A_sentence_ends_with_one_full_stop(string text, string sentence)
    {
        Assert.Equal(sentence, Sentence.Of(text));
        Assert.Equal(sentence, new KafkaDatasetException(text).Message);
    }
}
