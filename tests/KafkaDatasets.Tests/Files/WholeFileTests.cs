using KafkaDatasets.Files;
using Xunit;

namespace KafkaDatasets.Tests.Files;

/// <summary>A file appears whole or not at all, and leaves nothing behind.</summary>
public sealed class WholeFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kafkadatasets-").FullName;

    public WholeFileTests() => File.WriteAllText(Target, "old");

    private string Target => Path.Combine(_directory, "a");

    [Fact]
    public void A_moved_file_takes_the_place_of_the_one_before()
    {
        using (WholeFile file = Write("new"))
        {
            file.MoveTo(Target);
        }

        Assert.Equal("new", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void What_was_not_moved_is_deleted()
    {
        using (WholeFile file = Write("new"))
        {
            Assert.Throws<IOException>(() => file.MoveTo(Target, overwrite: false));
        }

        using (new WholeFile(Path.Combine(_directory, "never written")))
        {
        }

        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(_directory));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private WholeFile Write(string text)
    {
        var file = new WholeFile(Target + ".tmp");
        File.WriteAllText(file.Temporary, text);
        return file;
    }
}
