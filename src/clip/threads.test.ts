import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpuBudget } from './threads.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, text: string): void {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

test('version 2: the quota, rounded down, at least one', () => {
  put('proc/self/cgroup', '0::/\n');
  put('sys/fs/cgroup/cpu.max', '250000 100000\n');
  expect(cpuBudget(root, 16)).toBe(2);
  put('sys/fs/cgroup/cpu.max', '25000 100000\n');
  expect(cpuBudget(root, 16)).toBe(1);
});

test('version 2: no quota, or one above the machine, leaves the machine', () => {
  put('proc/self/cgroup', '0::/\n');
  put('sys/fs/cgroup/cpu.max', 'max 100000\n');
  expect(cpuBudget(root, 6)).toBe(6);
  put('sys/fs/cgroup/cpu.max', '900000 100000\n');
  expect(cpuBudget(root, 6)).toBe(6);
});

test('version 2: a group around the own one may hold the quota', () => {
  put('proc/self/cgroup', '0::/kubepods/pod1/container\n');
  put('sys/fs/cgroup/kubepods/pod1/cpu.max', '300000 100000\n');
  put('sys/fs/cgroup/kubepods/pod1/container/cpu.max', 'max 100000\n');
  expect(cpuBudget(root, 16)).toBe(3);
});

test('version 1: quota and period in two files, -1 for none', () => {
  put('proc/self/cgroup', '4:memory:/a\n3:cpu,cpuacct:/docker/x\n');
  put('sys/fs/cgroup/cpu/cpu.cfs_quota_us', '-1\n');
  put('sys/fs/cgroup/cpu/cpu.cfs_period_us', '100000\n');
  expect(cpuBudget(root, 8)).toBe(8);
  put('sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us', '400000\n');
  put('sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us', '100000\n');
  expect(cpuBudget(root, 8)).toBe(4);
});

test('no control groups at all (macOS): the machine', () => {
  expect(cpuBudget(root, 8)).toBe(8);
});
