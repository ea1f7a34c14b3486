using Migrate.Api.Cli;

namespace Migrate.Api.Tests.Cli;

public sealed class TableTests
{
    [Fact]
    public void Numbers_stand_to_the_right_and_lines_end_without_blanks()
    {
        using var output = new StringWriter();
        new Table("NAME", "N").Add("a", 1).Add("long", 100).Write(output);
        output.ToString().ShouldBe("NAME    N\na       1\nlong  100\n");
    }

    [Fact]
    public void A_name_cannot_steer_the_terminal()
    {
        using var output = new StringWriter();
        new Table("NAME").Add("evil\u001b[2J\nname").Write(output);
        output.ToString().ShouldBe("NAME\nevil?[2J?name\n");
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(4L << 30, "4 GiB")]
    public void Sizes_are_binary(long bytes, string expected) => Text.Bytes(bytes).ShouldBe(expected);
}
