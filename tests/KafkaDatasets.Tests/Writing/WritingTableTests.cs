using KafkaDatasets.Tests.MLNet.Contract;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class WritingTableTests
{
    [Fact]
    public void The_documented_table_is_what_is_written() => GeneratedDocument.Verify(Path.Combine("docs", "writing.md"), WritingTable.Render());
}
