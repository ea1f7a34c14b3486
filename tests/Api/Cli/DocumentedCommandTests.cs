using Migrate.Api.Cli;

namespace Migrate.Api.Tests.Cli;

/// <summary>What the documentation tells people to type, against the commands that there are.</summary>
public sealed class DocumentedCommandTests
{
    [Fact]
    public void Every_command_line_of_the_documentation_is_one()
    {
        var root = CommandLine.Build(new CommandSet(Terminal.OfThisProcess()));
        List<string> wrong = [];
        var count = 0;
        foreach (var file in Directory.GetFiles(Repository.PathOf("docs"), "*.md").Append(Repository.PathOf("README.md")))
        {
            foreach (var line in DocumentedCommands.Of(File.ReadAllText(file)))
            {
                count++;
                wrong.AddRange(DocumentedCommands.Faults(root, line).Select(x => $"{Path.GetFileName(file)}: {x}"));
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
        count.ShouldBeGreaterThan(500); // or they are not found any more
    }

    [Theory]
    [InlineData("`migrate plan crate`", "crate")]
    [InlineData("see 'migrate plan shwo first'", "shwo")]
    [InlineData("`migrate plan show first --jsn`", "--jsn")]
    [InlineData("`migrate plan show first second`", "second")]
    [InlineData("`migrate plan vms --wave 2`", "Required")]
    [InlineData("`migrate plan show NAME MORE`", "MORE")]
    [InlineData("```\nmigrate plan create\n```", "--source")]
    [InlineData("`migrate plan vms first [--wav N]`", "--wav")]
    [InlineData("```\nmigrate plan create first --source vc1 \\\n  --vm web01 # --host is not said\n```", "--host")]
    [InlineData("```\nsudo -u migrate migrate plan vms first --wave two\n```", "two")]
    public void A_wrong_one_is_found(string page, string about)
    {
        var root = CommandLine.Build(new CommandSet(Terminal.OfThisProcess()));
        DocumentedCommands.Of(page).SelectMany(x => DocumentedCommands.Faults(root, x)).ShouldContain(x => x.Contains(about, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("`migrate plan create`")]
    [InlineData("`migrate baseline`")]
    [InlineData("`migrate serve --vddk`")]
    [InlineData("`migrate plan vms PLAN --wave N`")]
    [InlineData("`migrate plan vms PLAN [--wave N]`")]
    [InlineData("`migrate plan create … --rehearse`")]
    [InlineData("`migrate user list \\| grep ana`")]
    [InlineData("```\nmigrate plan vms first --wave 2   # those of 'the second' wave\n```")]
    public void A_right_one_is_left_alone(string page)
    {
        var root = CommandLine.Build(new CommandSet(Terminal.OfThisProcess()));
        var lines = DocumentedCommands.Of(page).ToList();
        lines.Count.ShouldBe(1);
        DocumentedCommands.Faults(root, lines[0]).ShouldBeEmpty();
    }
}
