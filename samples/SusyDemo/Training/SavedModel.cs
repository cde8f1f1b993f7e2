using System.IO.Compression;
using KafkaDatasets;
using SusyDemo.Network;

namespace SusyDemo.Training;

/// <summary>A saved model of any learner as a source of models for scoring.</summary>
internal static class SavedModel
{
    /// <summary>A file of ML.NET is followed, so that it can be replaced while it is in use; a network is loaded once.</summary>
    /// <exception cref="DemoException">The file cannot be read.</exception>
    public static IModelSource SourceOf(string path)
    {
        if (!IsNetwork(path))
        {
            return ModelSource.File(path);
        }

        NetworkModel model = NetworkFile.Load(path);
        return ModelSource.Of(new ScoringModel(Path.GetFileNameWithoutExtension(path), new NetworkTransformer(model), File.GetLastWriteTimeUtc(path), NetworkTransformer.SchemaOf(model.Features)));
    }

    private static bool IsNetwork(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            return NetworkFile.IsIn(archive);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return false; // whoever loads it says what is wrong
        }
    }
}
