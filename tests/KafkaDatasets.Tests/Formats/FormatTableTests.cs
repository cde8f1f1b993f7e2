using System.Reflection;
using KafkaDatasets.Tests.MLNet.Contract;
using Xunit;

namespace KafkaDatasets.Tests.Formats;

public sealed class FormatTableTests
{
    [Fact]
    public void The_table_has_every_format() => Assert.Equal(
        typeof(RecordFormat).GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(m => m is PropertyInfo or MethodInfo { IsSpecialName: false })
            .Select(m => m.Name)
            .Distinct()
            .Order(),
        FormatTable.Members.Order());

    [Fact]
    public void The_table_has_every_format_that_is_written() => Assert.Equal(Enum.GetValues<WriteFormat>().Order(), FormatTable.Written.Order());

    [Fact]
    public void The_table_of_formats_is_what_is_tested() => GeneratedDocument.Verify("docs/formats.md", FormatTable.Render());
}
