using Xunit;

namespace KafkaDatasets.Tests.Tensors;

public sealed class ShardTests
{
    [Theory]
    [InlineData("RANK=2 WORLD_SIZE=4", 2, 4)]
    [InlineData("JOB_COMPLETION_INDEX=0 WORLD_SIZE=3", 0, 3)]
    [InlineData("SLURM_PROCID=5 SLURM_NTASKS=6", 5, 6)]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", 1, 2)]
    [InlineData("RANK=1 WORLD_SIZE=2 SLURM_PROCID=0 SLURM_NTASKS=1 JOB_COMPLETION_INDEX=7", 1, 2)] // what the innermost launcher says
    [InlineData("SLURM_NTASKS=8 OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", 1, 2)]
    [InlineData("RANK= WORLD_SIZE=", 0, 1)]
    [InlineData("", 0, 1)]
    public void The_environment_says_which_shard_this_is(string environment, int rank, int world) => Assert.Equal(new Shard(rank, world), Shard.From(Of(environment)));

    [Theory]
    [InlineData("RANK=2", "RANK is set to '2', but WORLD_SIZE is not set: they belong together (torchrun and others), so set it")]
    [InlineData("WORLD_SIZE=2", "WORLD_SIZE is set to '2', but RANK is not set")]
    [InlineData("JOB_COMPLETION_INDEX=0", "JOB_COMPLETION_INDEX is set to '0', but WORLD_SIZE is not set")]
    [InlineData("SLURM_PROCID=2", "SLURM_NTASKS is not set")]
    [InlineData("OMPI_COMM_WORLD_SIZE=2", "OMPI_COMM_WORLD_RANK is not set")]
    [InlineData("RANK=2 WORLD_SIZE=2", "RANK is '2', which is not a number from 0 to WORLD_SIZE − 1 = 1")]
    [InlineData("RANK=-1 WORLD_SIZE=2", "RANK is '-1'")]
    [InlineData("RANK=0 WORLD_SIZE=zero", "WORLD_SIZE is 'zero'")]
    [InlineData("RANK=0 WORLD_SIZE=0", "WORLD_SIZE is '0'")]
    public void What_is_half_set_or_no_number_is_named(string environment, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidOptionsException>(() => Shard.From(Of(environment))).Message);

    [Fact]
    public void Ranks_are_those_of_the_world()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shard(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shard(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shard(-1, 2));
        Assert.Equal(Shard.Whole, new Shard(0, 1));
        Assert.Equal("rank 1 of 3", new Shard(1, 3).ToString());
    }

    private static Func<string, string?> Of(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        return variables.GetValueOrDefault;
    }
}
