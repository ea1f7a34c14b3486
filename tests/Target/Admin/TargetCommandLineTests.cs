using Migrate.Target.Admin;

namespace Migrate.Target.Tests.Admin;

public sealed class TargetCommandLineTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-command-").FullName;

    [Theory]
    [InlineData(1, "/dev/null is neither a file nor a block device", "--create", "5fd1ff6c-0000-4000-8000-000000000001:0:/dev/null")]
    [InlineData(1, "block size is 1024", "--block-size", "1024", "--create", "5fd1ff6c-0000-4000-8000-000000000001:1M")]
    [InlineData(1, "needs 1152921504606846976 bytes", "--preallocate", "--create", "5fd1ff6c-0000-4000-8000-000000000001:1048576T:/tmp/migrate-a:b.raw")]
    [InlineData(2, "\"perhaps\" is neither on nor off", "--direct", "perhaps")]
    [InlineData(2, "is not UUID:SIZE or UUID:SIZE:PATH", "--create", "5fd1ff6c-0000-4000-8000-000000000001")]
    public async Task What_cannot_be_served_is_said_and_the_program_ends(int status, string reason, params string[] options)
    {
        await using var errors = new StringWriter();

        (await TargetCommandLine.RunAsync(["serve", "--directory", _directory, "--port", "0", .. options], TextWriter.Null, errors)).ShouldBe(status);

        errors.ToString().ShouldContain(reason);
        Directory.GetFiles(_directory, "*.raw").ShouldBeEmpty();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
