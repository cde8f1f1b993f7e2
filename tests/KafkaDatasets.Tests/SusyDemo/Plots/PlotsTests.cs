using SusyDemo.Evaluation;
using SusyDemo.Network;
using SusyDemo.Plots;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Plots;

public sealed class PlotsTests
{
    [Fact]
    public void Pictures_are_drawn_without_a_screen()
    {
        using var directory = new TemporaryDirectory();
        var scoreboard = new Scoreboard();
        for (int i = 0; i < 5000; i++)
        {
            scoreboard.Add(i % 3 == 0, (i * 7919 % 5000) + (i % 3 == 0 ? 500 : 0), false);
        }

        RocPlot.Save(directory.File("roc.png"), "title", [("model", scoreboard.Sum())]);
        LearningPlot.Save(directory.File("learning.png"), "title", [.. Enumerable.Range(1, 999).Select(i => new CurvePoint(i * 1000, 1.0 / i, 1 - (1.0 / i)))]);

        Assert.All(["roc.png", "learning.png"], name =>
        {
            byte[] picture = File.ReadAllBytes(directory.File(name));
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture[..4]);
            Assert.True(picture.Length > 5000);
        });
    }
}
