using System.Text;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>The table of trainers in <c>docs</c>: what <see cref="TrainerTests"/> asserts.</summary>
internal static class TrainerTable
{
    public static string Render()
    {
        var text = new StringBuilder("""
            # ML.NET trainers on a topic

            For each trainer, the table says whether a model trained from a topic's view is the same as models trained with the same seeds on the same rows from `LoadFromEnumerable` and from `TextLoader`. Same means that all scores are equal, bit by bit. `LoadFromEnumerable` reads a sequence, not a list, since ML.NET can shuffle a list itself. For trainers that shuffle, the other sources give the rows in the shuffled order that the topic's view has for the trainer's seed. *Continued* says the same for a model that is trained further with `Fit(data, model)`, where ML.NET supports that.

            The tests generate this table, and fail when it is wrong.

            | task | trainer | same model | continued | note |
            |---|---|---|---|---|

            """);
        foreach (TrainerCase trainer in TrainerCases.All)
        {
            text.AppendLine($"| {trainer.Task} | `{trainer.Name}` | yes | {(trainer.Continue is null ? "–" : "yes")} | {trainer.Note} |");
        }

        foreach ((string task, string name, string reason) in TrainerCases.Untried)
        {
            text.AppendLine($"| {task} | `{name}` | – | – | {reason} |");
        }

        return text.ToString();
    }
}
