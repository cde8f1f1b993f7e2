using Spectre.Console;
using SusyDemo.Reporting;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Reporting;

public sealed class ProgressDisplayTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void A_line_of_progress_fits_into_the_terminal(int width)
    {
        var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        console.Profile.Capabilities.Ansi = true;

        console.Progress().AutoRefresh(false).Columns(ProgressDisplay.Columns(width)).Start(context =>
        {
            ProgressTask task = context.AddTask("train network, epoch 2 of 3, loss 0.4321, learning rate 0.00012 and more", maxValue: 9_000_000);
            task.Value = 8_765_432;
            context.Refresh();
        });

        string[] lines = [.. System.Text.RegularExpressions.Regex.Replace(text.ToString(), @"\x1b\[[0-9;?]*[A-Za-z]", "").Split('\n').Select(l => l.Trim('\r')).Where(l => l.Trim().Length > 0)];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.All(lines, line => Assert.Contains("8,765,432 rows", line));
    }
}
