using System.Globalization;
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
    private const int Version = 2;
    private const string DescriptionEntry = "training.json";
    private const string NumbersEntry = "numbers.bin";

    public string Path => path;

    public void Save(TrainingState state)
    {
        string next = $"{path}.next";
        using (FileStream file = File.Create(next))
        {
            Write(state, file);
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
            using FileStream file = File.OpenRead(path);
            return Read(file);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or UnauthorizedAccessException)
        {
            throw new DemoException($"{path} cannot be read as the state of a training: {e.Message}", e);
        }
    }

    /// <summary>The line that says where a training goes on.</summary>
    public string Describe(TrainingState? state) => state is null
        ? $"resume: there is no interrupted training in {path}"
        : string.Create(CultureInfo.InvariantCulture, $"resume: network in epoch {state.Epoch} after {state.Steps} steps");

    public void Delete() => File.Delete(path);

    /// <summary>Writes the content of a file.</summary>
    public static void Write(TrainingState state, Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (Stream json = archive.CreateEntry(DescriptionEntry, CompressionLevel.Fastest).Open())
        {
            JsonSerializer.Serialize(json, new Description(Version, state with { Numbers = [] }));
        }

        using Stream numbers = archive.CreateEntry(NumbersEntry, CompressionLevel.NoCompression).Open();
        numbers.Write(MemoryMarshal.AsBytes(state.Numbers.AsSpan()));
    }

    /// <summary>Reads the content of a file.</summary>
    /// <exception cref="InvalidDataException">It is not one.</exception>
    public static TrainingState Read(Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        using Stream json = Entry(archive, DescriptionEntry).Open();
        Description description = JsonSerializer.Deserialize<Description>(json) ?? throw new InvalidDataException("the description is null");
        if (description.Version != Version)
        {
            throw new InvalidDataException($"its format is version {description.Version}, this program reads version {Version}");
        }

        ZipArchiveEntry entry = Entry(archive, NumbersEntry);
        float[] values = new float[entry.Length / sizeof(float)];
        using Stream numbers = entry.Open();
        numbers.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return description.State with { Numbers = values };
    }

    private static ZipArchiveEntry Entry(ZipArchive archive, string name) => archive.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}");

    private sealed record Description(int Version, TrainingState State);
}
