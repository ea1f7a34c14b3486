using System.Text;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Validation;

namespace Migrate.Executor.Tests.Validation;

/// <summary>The shell that reads a console's log on a host, run here.</summary>
public sealed class HostConsoleTests : IDisposable
{
    private readonly string _log = Path.GetTempFileName();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HostConsole Console => new(new LocalCommands(TimeProvider.System), _log);

    public void Dispose() => File.Delete(_log);

    [Fact]
    public async Task What_is_new_comes_whatever_bytes_it_has()
    {
        await File.WriteAllBytesAsync(_log, [.. "GRUB\r\n"u8, 0, 0xff, (byte)'\n', (byte)'x'], Cancel);

        var first = (await Console.ReadAsync(0, Cancel)).ShouldNotBeNull();
        first.Bytes.ToArray().ShouldBe(await File.ReadAllBytesAsync(_log, Cancel));
        var rest = (await Console.ReadAsync(9, Cancel)).ShouldNotBeNull();
        (rest.From, Encoding.ASCII.GetString(rest.Bytes.Span)).ShouldBe((9, "x"));
        (await Console.ReadAsync(10, Cancel)).ShouldNotBeNull().Bytes.Length.ShouldBe(0);
    }

    [Fact]
    public async Task A_log_that_was_begun_anew_is_read_from_its_begin()
    {
        await File.WriteAllTextAsync(_log, "up\n", Cancel);
        var part = (await Console.ReadAsync(5000, Cancel)).ShouldNotBeNull();
        (part.From, part.Bytes.Length).ShouldBe((0, 3));
    }

    [Fact]
    public async Task A_log_that_is_not_there_yet_is_none()
    {
        File.Delete(_log);
        (await Console.ReadAsync(0, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task A_text_is_found_in_a_log_that_is_longer_than_one_look()
    {
        var noise = string.Concat(Enumerable.Repeat(new string('é', 99) + "\n", 5_000));
        await File.WriteAllTextAsync(_log, $"{noise}web01 login:\n{noise}", Cancel);

        (await ConsoleCheck.WaitForAsync(Console, "login:", TimeSpan.Zero, TimeProvider.System, Cancel)).Line.ShouldBe("web01 login:");
    }
}
