using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>A document that is made by a test, so that it stays true. <c>KAFKADATASETS_WRITE_DOCS=true</c> writes it.</summary>
internal static class GeneratedDocument
{
    public static void Verify(string path, string text)
    {
        string file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("KAFKADATASETS_WRITE_DOCS") == "true")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file).ReplaceLineEndings() == text.ReplaceLineEndings(), $"{path} is not up to date: run the tests with KAFKADATASETS_WRITE_DOCS=true, and commit it.");
    }
}
