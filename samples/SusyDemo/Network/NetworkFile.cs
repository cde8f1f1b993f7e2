using System.IO.Compression;
using System.Text.Json;

namespace SusyDemo.Network;

/// <summary>
/// A network in one file, a zip archive: <c>network.json</c> says what it is (format version, features, statistics, layers),
/// <c>parameters.bin</c> holds the parameters as little-endian 32-bit floats.
/// </summary>
internal static class NetworkFile
{
    private const int Version = 1;
    private const string DescriptionEntry = "network.json";
    private const string ParametersEntry = "parameters.bin";

    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Save(NetworkModel model, string path)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        using (Stream stream = archive.CreateEntry(DescriptionEntry).Open())
        {
            var description = new Description(
                Version, typeof(NetworkFile).Assembly.GetName().Version?.ToString() ?? "", model.Features, model.Standardizer.Means, model.Standardizer.Deviations, model.Network.Shape);
            JsonSerializer.Serialize(stream, description, JsonOptions);
        }

        using var writer = new BinaryWriter(archive.CreateEntry(ParametersEntry).Open());
        foreach (float value in model.Network.Parameters)
        {
            writer.Write(value);
        }
    }

    /// <summary>Whether an archive holds a network.</summary>
    public static bool IsIn(ZipArchive archive) => archive.GetEntry(DescriptionEntry) is not null;

    /// <exception cref="DemoException">The file is not there or is not a network.</exception>
    public static NetworkModel Load(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            using Stream json = Entry(archive, DescriptionEntry).Open();
            Description description = JsonSerializer.Deserialize<Description>(json, JsonOptions) ?? throw new InvalidDataException("the description is null");
            if (description.Version != Version)
            {
                throw new InvalidDataException($"its format is version {description.Version}, this program reads version {Version}");
            }

            var network = new DenseNetwork<float>(description.Features.Count, description.Layers, 0);
            using var reader = new BinaryReader(Entry(archive, ParametersEntry).Open());
            foreach (ref float value in network.Parameters.AsSpan())
            {
                value = reader.ReadSingle();
            }

            if (reader.BaseStream.ReadByte() >= 0)
            {
                throw new InvalidDataException("it has more parameters than its layers");
            }

            return new NetworkModel(description.Features, new Standardizer(description.Means, description.Deviations), network, []);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or UnauthorizedAccessException)
        {
            throw new DemoException($"{path} cannot be read as a network: {e.Message}", e);
        }
    }

    private static ZipArchiveEntry Entry(ZipArchive archive, string name) => archive.GetEntry(name) ?? throw new InvalidDataException($"it has no {name}");

    private sealed record Description(
        int Version, string Program, IReadOnlyList<string> Features, float[] Means, float[] Deviations, IReadOnlyList<LayerShape> Layers);
}
