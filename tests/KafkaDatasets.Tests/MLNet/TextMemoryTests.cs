using System.Text;
using KafkaDatasets.MLNet;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>Texts of a view are what they were however many follow, and take hardly more than their characters.</summary>
public sealed class TextMemoryTests
{
    [Fact]
    public void Texts_stay_what_they_were()
    {
        var random = new Random(5);
        string[] texts = [.. Enumerable.Range(0, 20_000).Select(i => random.Next(5) switch
        {
            0 => "",
            1 => $"category {random.Next(300)}",
            2 => new string((char)random.Next(0x20, 0xd7ff), random.Next(1, 60)),
            3 => $"\ud83d\ude00{i}",
            _ => new string('x', random.Next(1, 2000)),
        })];
        var memory = new TextMemory();
        ReadOnlyMemory<char>[] decoded = [.. texts.Select(t => memory.Decode(Encoding.UTF8.GetBytes(t)))];
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.True(decoded[i].Span.SequenceEqual(texts[i]), $"text {i} is '{decoded[i]}', not '{texts[i]}'");
        }

        Assert.Equal("a\ufffdb", memory.Decode([(byte)'a', 0xff, (byte)'b']).ToString());
    }

    [Fact]
    public void They_take_hardly_more_than_their_characters_and_repeated_ones_nothing()
    {
        byte[][] texts = [.. Enumerable.Range(0, 10_000).Select(i => Encoding.UTF8.GetBytes($"payment {i:00000000}"))];
        var memory = new TextMemory();
        memory.Decode(texts[0]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long characters = 0;
        foreach (byte[] text in texts)
        {
            characters += memory.Decode(text).Length;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, characters * sizeof(char) * 1.02);
        before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            memory.Decode("EUR"u8);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }
}
