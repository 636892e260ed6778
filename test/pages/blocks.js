// What blocks.py says, for Node; and TypeScript, with the packages of examples/node.
import { execFileSync } from 'node:child_process'
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const python = (...args) => execFileSync('/usr/bin/python3', ['-B', fileURLToPath(new URL('blocks.py', import.meta.url)), ...args],
  { encoding: 'utf8' })
export const block = (page, name) => python(page, name)
export const documents = (page, name) => JSON.parse(python('--documents', page, name))

export const node = fileURLToPath(new URL('../../examples/node/', import.meta.url))
export const require = createRequire(node + 'package.json')
export const ts = require('typescript')

const text = diagnostics => ts.formatDiagnostics(diagnostics,
  { getCanonicalFileName: name => name, getCurrentDirectory: () => '.', getNewLine: () => '\n' })

// What is wrong with the text as a sequence of tokens: '' if nothing is.
export const syntaxErrors = source => text(ts.transpileModule(source, { reportDiagnostics: true }).diagnostics)

// Writes the module beside the packages, and gives what the compiler says to it.
export const typeErrors = (file, source) => {
  if (!existsSync('node_modules')) symlinkSync(node + 'node_modules', 'node_modules')
  writeFileSync(file, source)
  const program = ts.createProgram([file], {
    strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  })
  return text(ts.getPreEmitDiagnostics(program))
}

// Runs such a module, and gives what it exports.
export const run = async (file, source) => {
  writeFileSync(file, ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } }).outputText)
  return import(process.cwd() + '/' + file)
}
