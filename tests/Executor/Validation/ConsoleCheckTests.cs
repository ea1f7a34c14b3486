using Migrate.Executor.Validation;

namespace Migrate.Executor.Tests.Validation;

public sealed class ConsoleCheckTests : IDisposable
{
    private readonly string _log = Path.GetTempFileName();

    public void Dispose() => File.Delete(_log);

    [Fact]
    public async Task A_line_is_found_whole_with_what_stands_around_the_text()
    {
        await File.WriteAllTextAsync(_log, "GRUB\r\nMIGRATE-GUEST-UP web01 payload-sha256=ab12\r\nmore\r\n", TestContext.Current.CancellationToken);
        var finding = await WaitAsync("MIGRATE-GUEST-UP", TimeSpan.Zero);
        finding.Found.ShouldBeTrue();
        finding.Line.ShouldBe("MIGRATE-GUEST-UP web01 payload-sha256=ab12");
    }

    [Fact]
    public async Task A_line_that_is_still_being_printed_is_waited_for()
    {
        await File.WriteAllTextAsync(_log, "MIGRATE-GUEST-UP web01 payload-sha256=ab", TestContext.Current.CancellationToken);
        var waiting = WaitAsync("MIGRATE-GUEST-UP", TimeSpan.FromMinutes(1));
        await Task.Delay(700, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();
        await File.AppendAllTextAsync(_log, "12\r\n", TestContext.Current.CancellationToken);
        (await waiting).Line.ShouldBe("MIGRATE-GUEST-UP web01 payload-sha256=ab12");
    }

    [Fact]
    public async Task What_does_not_come_in_time_is_told_with_the_end_of_the_log()
    {
        await File.WriteAllTextAsync(_log, new string('x', 5000) + "\nKernel panic - not syncing\n", TestContext.Current.CancellationToken);
        var finding = await WaitAsync("login:", TimeSpan.Zero);
        finding.Found.ShouldBeFalse();
        finding.Line.ShouldBeNull();
        finding.Tail.ShouldEndWith("Kernel panic - not syncing\n");
        finding.Tail.Length.ShouldBeLessThan(2001);
    }

    [Fact]
    public async Task A_log_that_does_not_exist_yet_is_an_empty_console()
    {
        File.Delete(_log);
        var waiting = WaitAsync("up", TimeSpan.FromMinutes(1));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_log, "up\n", TestContext.Current.CancellationToken);
        (await waiting).Found.ShouldBeTrue();
    }

    [Fact]
    public async Task A_text_is_found_under_whatever_much_a_guest_prints_after_it()
    {
        var noise = string.Concat(Enumerable.Repeat(new string('é', 99) + "\n", 20_000));
        await File.WriteAllTextAsync(_log, $"{noise}web01 login:\n{noise}{noise}", TestContext.Current.CancellationToken);

        (await WaitAsync("login:", TimeSpan.Zero)).Line.ShouldBe("web01 login:");
        (await WaitAsync("absent", TimeSpan.Zero)).Tail.ShouldEndWith("é\n");
    }

    [Fact]
    public async Task A_log_that_begins_anew_is_read_from_its_begin()
    {
        await File.WriteAllTextAsync(_log, new string('x', 5000) + "\n", TestContext.Current.CancellationToken);
        var waiting = WaitAsync("up", TimeSpan.FromMinutes(1));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_log, "up\n", TestContext.Current.CancellationToken);
        (await waiting).Line.ShouldBe("up");
    }

    private Task<ConsoleFinding> WaitAsync(string text, TimeSpan patience) =>
        ConsoleCheck.WaitForAsync(new LocalConsole(_log), text, patience, TimeProvider.System, TestContext.Current.CancellationToken);
}
