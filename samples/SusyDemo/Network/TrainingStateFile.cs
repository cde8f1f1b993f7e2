using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SusyDemo.Network;

/// <summary>
/// The state of an unfinished training in one file, a zip archive: <c>training.json</c>, and <c>numbers.bin</c> with the weights and the optimiser's state.
/// It is written beside the old one, which it then replaces: whenever the process is killed, there is the one or the other.
/// </summary>
internal sealed class TrainingStateFile(string path)
{
    private const int Version = 1;
    private const string DescriptionEntry = "training.json";
    private const string NumbersEntry = "numbers.bin";

    public string Path => path;

    public void Save(TrainingState state)
    {
        string next = $"{path}.next";
        using (var archive = new ZipArchive(File.Create(next), ZipArchiveMode.Create))
        {
            using (Stream json = archive.CreateEntry(DescriptionEntry, CompressionLevel.Fastest).Open())
            {
                JsonSerializer.Serialize(json, new Description(Version, state with { Numbers = [] }));
            }

            using Stream numbers = archive.CreateEntry(NumbersEntry, CompressionLevel.NoCompression).Open();
            numbers.Write(MemoryMarshal.AsBytes(state.Numbers.AsSpan()));
        }

        File.Move(next, path, overwrite: true);
    }

    /// <summary>The state that is kept; null: there is none.</summary>
    /// <exception cref="DemoException">The file is not one.</exception>
    public TrainingState? Load()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            using Stream json = Entry(archive, DescriptionEntry).Open();
            Description description = JsonSerializer.Deserialize<Description>(json) ?? throw new InvalidDataException("the description is null");
            if (description.Version != Version)
            {
                throw new InvalidDataException($"its format is version {description.Version}, this program reads version {Version}");
            }

            ZipArchiveEntry entry = Entry(archive, NumbersEntry);
            float[] numbers = new float[entry.Length / sizeof(float)];
            using Stream stream = entry.Open();
            stream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return description.State with { Numbers = numbers };
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or UnauthorizedAccessException)
        {
            throw new DemoException($"{path} cannot be read as the state of a training: {e.Message}", e);
        }
    }

    public void Delete() => File.Delete(path);

    private static ZipArchiveEntry Entry(ZipArchive archive, string name) => archive.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}");

    private sealed record Description(int Version, TrainingState State);
}
