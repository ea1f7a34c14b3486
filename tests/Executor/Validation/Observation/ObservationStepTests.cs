using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Tests.Validation.Observation;

/// <summary>What is noticed of a domain while it is observed, and what that forbids.</summary>
public sealed class ObservationStepTests
{
    private const string Alias = "ua-disk-2000";
    private const long Mark = 77;
    private static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private static readonly ObservedDisk Disk = new(2000, "Hard disk 1", Alias);

    [Fact]
    public void Nothing_is_noted_of_a_domain_that_is_left_alone()
    {
        var (state, interval) = Next(Reading(20));
        (interval!.Milliseconds, interval.EndedAt, state.At).ShouldBe((20_000, Start.AddSeconds(20), Start.AddSeconds(20)));
        Refusals(state).ShouldBeEmpty();
    }

    [Fact]
    public void A_paused_domain_is_refused() => Refused(Reading(20) with { IsPaused = true }, "the domain was paused at 2026-03-01 12:00:20Z");

    [Theory]
    [InlineData("mirror")]
    [InlineData("backup")]
    [InlineData("commit")]
    public void A_block_job_is_refused(string job) => Refused(Reading(20) with { Jobs = [job] }, $"a block job ({job}) went on at 2026-03-01 12:00:20Z");

    [Fact]
    public void A_migration_is_refused() => Refused(Reading(20) with { Migration = "active" }, "QEMU was migrating or saving its state (active) at 2026-03-01 12:00:20Z");

    [Fact]
    public void A_domain_that_was_off_is_refused() =>
        Refused(Reading(20) with { IsOn = false }, "the domain was off at 2026-03-01 12:00:20Z", "0 % of 20 s can be used, 90 % are needed");

    [Fact]
    public void Another_QEMU_is_refused() =>
        Refused(With(Reading(20), x => x with { Mark = null }), "QEMU was restarted, or somebody set its histogram anew, before 2026-03-01 12:00:20Z", "0 % of 20 s can be used, 90 % are needed");

    [Fact]
    public void Counters_that_fell_are_of_another_QEMU() =>
        Refused(
            With(Reading(20), x => x with { Totals = Totals(0, 0) }), "QEMU was restarted, or somebody set its histogram anew, before 2026-03-01 12:00:20Z", "0 % of 20 s can be used, 90 % are needed");

    [Fact]
    public void Another_block_node_is_a_snapshot() =>
        Refused(
            With(Reading(20), x => x with { Node = "libvirt-2-format" }),
            "a snapshot was taken or removed, or the disk replaced, before 2026-03-01 12:00:20Z: its block node changed (libvirt-1-format → libvirt-2-format)");

    [Fact]
    public void A_disk_that_is_gone_is_refused() =>
        Refused(
            Reading(20) with { Devices = new Dictionary<string, DeviceReading>() }, "QEMU no longer had the disk at 2026-03-01 12:00:20Z", "0 % of 20 s can be used, 90 % are needed");

    [Fact]
    public void Failed_IOs_are_refused() =>
        Refused(With(Reading(20), x => x with { Totals = x.Totals with { Failed = 3 } }), "3 I/Os failed, the first before 2026-03-01 12:00:20Z");

    /// <summary>1,000 reads of 4 KiB in 20 s.</summary>
    [Theory]
    [InlineData(55, 0, 0, 0, 0, 0, 91)]
    [InlineData(0, 51, 0, 0, 0, 0, 98)]
    [InlineData(0, 0, 0, 220_000, 0, 0, 93)]
    [InlineData(0, 0, 0, 0, 210_000, 0, 98)]
    [InlineData(56, 0, 1, 0, 0, 1, null)]
    public void A_disk_that_iotune_holds_back_is_refused(long iops, long reads, long writes, long bytes, long readBytes, long writeBytes, int? percent)
    {
        var limited = Reading(20) with { Limits = new Dictionary<string, IoLimits> { [Alias] = new(iops, reads, writes, bytes, readBytes, writeBytes) } };
        if (percent is { } reached)
        {
            Refused(limited, $"iotune held it back: it came to {reached} % of its limit in 1 intervals");
        }
        else
        {
            Refusals(Next(limited).State).ShouldBeEmpty();
        }
    }

    [Fact]
    public void Limits_are_remembered_where_they_were_not_asked_for()
    {
        var state = Next(Reading(20) with { Limits = new Dictionary<string, IoLimits> { [Alias] = new(55, 0, 0, 0, 0, 0) } }).State;
        var next = ObservationStep.Next(state, With(Reading(40), x => x with { Totals = Totals(3000, 0) }), null, IntervalMarks.None).State;
        next.Notes.ShouldHaveSingleItem().Times.ShouldBe(2);
    }

    [Fact]
    public void A_clock_that_was_set_is_refused_and_the_interval_is_as_long_as_it_was()
    {
        var (state, interval) = ObservationStep.Next(Begun, Reading(25), TimeSpan.FromSeconds(20), IntervalMarks.None);
        interval!.Milliseconds.ShouldBe(20_000);
        state.Notes.ShouldHaveSingleItem().Amount.ShouldBe(5000);
        ObservationRefusals.Of(Disk, state.Notes, new Coverage(20, 20, 0), null).ShouldBe(["the clock of the observing machine was set by 5.0 s before 2026-03-01 12:00:25Z"]);
    }

    [Fact]
    public void A_clock_that_was_set_back_while_nobody_looked_is_noted_and_no_time_is_negative()
    {
        var (state, interval) = ObservationStep.Next(Begun, Reading(-30), null, IntervalMarks.None);
        interval!.Milliseconds.ShouldBe(0);
        state.Notes.ShouldHaveSingleItem().Kind.ShouldBe(NoteKind.ClockSet);
    }

    [Fact]
    public void A_host_whose_clock_is_off_is_refused()
    {
        ObservationRefusals.Of(Disk, [], new Coverage(60, 60, 0), -2.5).ShouldBe(["the KVM host's clock is off by -2.5 s"]);
        ObservationRefusals.Of(Disk, [], new Coverage(60, 60, 0), 1.9).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(54, 0, null)]
    [InlineData(53, 0, "88 % of 60 s can be used, 90 % are needed")]
    [InlineData(40, 20, "67 % of 60 s can be used, 90 % are needed; in 33 % of the time runs copied to the same storage")]
    public void Too_little_time_is_refused(double seen, double besideCopies, string? refusal) =>
        ObservationRefusals.Of(Disk, [], new Coverage(60, seen, besideCopies), null).ShouldBe(refusal is null ? [] : [refusal]);

    [Fact]
    public void What_is_about_another_disk_forbids_nothing_here()
    {
        var state = Begun.With(NoteKind.Errors, "", 1, Start, 2001);
        ObservationRefusals.Of(Disk, state.Notes, new Coverage(60, 60, 0), null).ShouldBeEmpty();
        (ObservationRefusals.MayPass(state.Notes, 2000), ObservationRefusals.MayPass(state.Notes, 2001)).ShouldBe((true, false));
    }

    [Fact]
    public void A_state_is_read_as_it_was_written()
    {
        var state = Next(Reading(20) with { Jobs = ["backup"], Limits = new Dictionary<string, IoLimits> { [Alias] = new(1, 2, 3, 4, 5, 6) } }).State;
        var read = ObservationState.Read(state.Write());
        read.Write().ShouldBe(state.Write());
        (read.Mark, read.At, read.Disks[0].Totals!.Read.Operations, read.Disks[0].Limits!.WriteBytes, read.Notes[0].What).ShouldBe((Mark, Start.AddSeconds(20), 2000, 6, "backup"));
    }

    private static ObservationState Begun =>
        ObservationStep.Begin(new ObservationState { At = Start, Disks = [Disk] }, With(Reading(0), x => x with { Totals = Totals(1000, 0) }), Mark);

    private static (ObservationState State, ObservedInterval? Interval) Next(DomainReading reading) => ObservationStep.Next(Begun, reading, null, IntervalMarks.None);

    private static void Refused(DomainReading reading, params string[] clauses)
    {
        var (state, interval) = Next(reading);
        ObservationRefusals.Of(Disk, state.Notes, new Coverage(20, interval is null ? 0 : 20, 0), null).ShouldBe(clauses);
        ObservationRefusals.MayPass(state.Notes, 2000).ShouldBeFalse();
    }

    private static IReadOnlyList<string> Refusals(ObservationState state) => ObservationRefusals.Of(Disk, state.Notes, new Coverage(20, 20, 0), 0);

    private static DomainReading Reading(int seconds) => new(
        Start.AddSeconds(seconds), IsOn: true, IsPaused: false,
        new Dictionary<string, DeviceReading> { [Alias] = new(Alias, "libvirt-1-format", Mark, Totals(2000, 0)) }, [], null, null);

    private static DomainReading With(DomainReading reading, Func<DeviceReading, DeviceReading> change) =>
        reading with { Devices = new Dictionary<string, DeviceReading> { [Alias] = change(reading.Devices[Alias]) } };

    private static DiskTotals Totals(long reads, long writes) => new(Direction(reads), Direction(writes), Direction(0), 0, 0, 0);

    private static DirectionTotals Direction(long operations)
    {
        var bins = new long[HistogramGrid.Bins];
        bins[6] = operations;
        return new DirectionTotals(operations, operations * 4096, operations * 90_000, bins);
    }
}
