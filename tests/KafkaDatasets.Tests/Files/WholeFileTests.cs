using KafkaDatasets.Files;
using Xunit;

namespace KafkaDatasets.Tests.Files;

/// <summary>A file appears whole or not at all, and leaves nothing behind.</summary>
public sealed class WholeFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kafkadatasets-").FullName;

    [Fact]
    public void A_moved_file_takes_the_place_of_the_one_before()
    {
        string path = Path.Combine(_directory, "a");
        File.WriteAllText(path, "old");
        using (var file = new WholeFile(path + ".tmp"))
        {
            File.WriteAllText(file.Temporary, "new");
            file.MoveTo(path);
        }

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void What_was_not_moved_is_deleted()
    {
        string path = Path.Combine(_directory, "a");
        File.WriteAllText(path, "old");
        using (var file = new WholeFile(path + ".tmp"))
        {
            File.WriteAllText(file.Temporary, "new");
            Assert.Throws<IOException>(() => file.MoveTo(path, overwrite: false));
        }

        using (new WholeFile(Path.Combine(_directory, "never written")))
        {
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_directory));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
