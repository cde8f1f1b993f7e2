using KafkaDatasets.Tests.MLNet.Contract;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

public sealed class AvroTableTests
{
    [Fact]
    public async Task The_document_is_true() => GeneratedDocument.Verify("docs/avro.md", await AvroTable.RenderAsync());
}
