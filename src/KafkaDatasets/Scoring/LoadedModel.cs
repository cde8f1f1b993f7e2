using System.Security.Cryptography;
using Microsoft.ML;

namespace KafkaDatasets.Scoring;

/// <summary>Loads models from bytes.</summary>
internal static class LoadedModel
{
    private const int DigestDigits = 8;

    /// <summary>The version of a model that has a name and a content.</summary>
    public static string VersionOf(string name, ReadOnlySpan<byte> content) => $"{name}@{Convert.ToHexStringLower(SHA256.HashData(content))[..DigestDigits]}";

    /// <exception cref="ModelException">The bytes are not a model of ML.NET.</exception>
    public static ScoringModel Load(MLContext ml, string version, string where, byte[] content, DateTimeOffset created)
    {
        try
        {
            using var stream = new MemoryStream(content, writable: false);
            ITransformer transformer = ml.Model.Load(stream, out DataViewSchema? schema);
            return new ScoringModel(version, transformer, created, schema);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ModelException($"{where} cannot be loaded as a model of ML.NET: {e.GetBaseException().Message.TrimEnd('.')}. It may be incomplete or damaged, or need an assembly or a type that this program does not have; in a trimmed program, root the assemblies of ML.NET that the model needs.", e) { ModelVersion = version };
        }
    }
}
